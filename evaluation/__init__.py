"""Quality on real cases: ``python -m evaluation FOLDER`` runs every case that the folder holds and prints one table."""
