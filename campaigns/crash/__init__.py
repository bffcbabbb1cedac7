"""What a study is after a kill, a power cut or a disk error, at every step of everything that is stored."""
