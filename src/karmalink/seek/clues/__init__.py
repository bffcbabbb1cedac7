"""From words to clues: witnesses, relations, headings, grammar."""
