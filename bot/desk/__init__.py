"""The pages of the advisers' desk."""
