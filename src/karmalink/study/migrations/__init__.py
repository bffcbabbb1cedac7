"""The history of the database's form, one file per step; run when a study is opened."""
