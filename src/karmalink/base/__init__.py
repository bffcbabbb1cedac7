"""What every room stands on beside `errors` and `rows`: array types, files, pictures, progress, wording."""
