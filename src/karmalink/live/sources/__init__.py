"""Where samples come from: a file, a simulated sleeper."""
