"""Tests of the advisers' desk; a package, so that its modules may be called like others."""
