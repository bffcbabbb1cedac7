"""From a file to a recording: readers and writers of formats, channels, montage, gaps."""
