//! Uploads: STOR, APPE and STOU, and what comes over the data connection for them.

use super::job::{Job, Upload};
use super::session::Turn;
use super::transfer::{Phase, Transfer};
use super::words::Message;
use crate::ftp::block::Found;
use crate::ftp::convert::FromWire;
use crate::ftp::files::FileError;
use crate::ftp::io::Action;
use crate::ftp::{Text, Verb};

impl Turn<'_> {
    /// STOR and APPE
    pub fn store(&mut self, verb: Verb, name: &Text) {
        if self.lacks_account() {
            return self.say(Message::NeedAccountToStore, &[]);
        }
        let path = match self.find(name) {
            Ok(path) => path,
            Err(error) => return self.say_file_error(Message::NameNotAllowed, name, error),
        };
        let quota = self.user().and_then(|(_, user)| user.quota);
        let (files, who) = self.files();
        let used = files.stored_by(who.name);
        let allowance = quota.map_or(u64::MAX, |quota| quota.saturating_sub(used));
        if self.shared.files.free() == 0 {
            return self.say_file_error(Message::DiskFull, name, FileError::Full);
        }
        let date = self.shared.date(self.now);
        let (files, who) = self.files();
        if let Err(error) = files.create(&path, who, date) {
            return self.say_file_error(Message::NameNotAllowed, name, error);
        }
        let restart = core::mem::take(&mut self.s.restart);
        let offset = match (verb, restart) {
            (Verb::Appe, _) => self.shared.files.get(&path).map_or(0, |e| e.size()),
            (_, 0) => {
                self.shared.files.truncate(&path, 0, date);
                0
            }
            _ => restart,
        };
        let upload = Upload {
            path,
            offset,
            began_at: offset,
            text: self.is_ascii().then(FromWire::default),
            allowance,
        };
        self.begin(verb, name.clone(), Job::Upload(upload));
    }

    /// STOU: a name that does not exist yet.
    pub fn store_unique(&mut self) {
        loop {
            self.shared.unique = self.shared.unique.saturating_add(1);
            let name = Text::from(format!("ftp{:05}", self.shared.unique));
            let taken = self.entry(&name).is_ok();
            if !taken || self.shared.unique == u32::MAX {
                return self.store(Verb::Stou, &name);
            }
        }
    }

    /// The client's FIN: the end of an upload; of a download, it is nothing to us.
    pub fn peer_ended(&mut self) {
        let Some(transfer) = &mut self.s.transfer else {
            return;
        };
        let Job::Upload(upload) = &mut transfer.job else {
            return;
        };
        // In block mode the end of the connection is not the end of the file.
        let cut_short = transfer.reader.as_ref().is_some_and(|r| !r.has_ended());
        let mut rest = Vec::new();
        if let Some(text) = &mut upload.text {
            text.finish(&mut rest);
        }
        if !rest.is_empty() && self.write(&rest).is_err() {
            return self.fail(Message::QuotaExceeded);
        }
        self.act(Action::CloseData);
        self.finish(if cut_short {
            Message::Aborted
        } else {
            Message::TransferComplete
        });
    }

    /// Takes what has come, block by block in block mode.
    pub fn keep(&mut self, mut bytes: &[u8]) {
        let Some(transfer) = &mut self.s.transfer else {
            return;
        };
        transfer.moved = transfer.moved.saturating_add(bytes.len() as u64);
        transfer.moved_at = self.now;
        let moved = transfer.moved;
        let Some(mut reader) = transfer.reader.take() else {
            self.store_bytes(bytes);
            return self.upload_faults(moved);
        };
        while let Some(found) = reader.next(&mut bytes) {
            match found {
                Found::Bytes(bytes) => self.store_bytes(&bytes),
                Found::Marker(marker) => self.say_marker(marker),
                // The client closes, as in stream mode.
                Found::End => {}
            }
        }
        if let Some(transfer) = &mut self.s.transfer {
            transfer.reader = Some(reader);
        }
        self.upload_faults(moved);
    }

    /// 110: the client's marker, and where that is in our file (RFC 959 §3.5).
    fn say_marker(&mut self, marker: Vec<u8>) {
        let Some(Transfer {
            job: Job::Upload(upload),
            ..
        }) = &self.s.transfer
        else {
            return;
        };
        let offset = Text::from(upload.offset.to_string());
        let marker = Text::from(marker);
        self.with_transfer_rule(|turn| {
            turn.say(Message::Marker, &[("marker", marker), ("offset", offset)]);
        });
    }

    /// Stores bytes of the file, unless the upload has been refused already.
    fn store_bytes(&mut self, bytes: &[u8]) {
        let Some(transfer) = self.s.transfer.as_mut().filter(|t| !t.refused) else {
            return;
        };
        let Job::Upload(upload) = &mut transfer.job else {
            return;
        };
        let mut converted = Vec::new();
        let data = match &mut upload.text {
            None => bytes,
            Some(text) => {
                text.convert(bytes, &mut converted);
                &converted
            }
        };
        if self.write(data).is_err() {
            self.fail(Message::QuotaExceeded);
        }
    }

    fn upload_faults(&mut self, moved: u64) {
        let fault = self.fault();
        if fault.reset_after.is_some_and(|n| moved >= n) {
            self.fail(Message::Aborted);
        } else if fault.close_after.is_some_and(|n| moved >= n) {
            self.act(Action::CloseData);
            self.finish(Message::Aborted);
        } else if fault.stop_after.is_some_and(|n| moved >= n) {
            self.set_phase(Phase::Stuck);
        } else if fault.refuse_after.is_some_and(|n| moved >= n) {
            self.conclude(Message::QuotaExceeded);
            if let Some(transfer) = &mut self.s.transfer {
                transfer.refused = true;
            }
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<(), FileError> {
        let date = self.shared.date(self.now);
        let Some(Transfer {
            job: Job::Upload(upload),
            ..
        }) = &mut self.s.transfer
        else {
            return Ok(());
        };
        let length = data.len() as u64;
        if length > upload.allowance {
            return Err(FileError::Full);
        }
        let (path, offset) = (&upload.path, upload.offset);
        self.shared.files.write_at(path, offset, data, date)?;
        upload.offset += length;
        upload.allowance -= length;
        Ok(())
    }
}
