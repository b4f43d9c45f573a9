//! Scenario files: parsed, checked, compiled into a lab.
