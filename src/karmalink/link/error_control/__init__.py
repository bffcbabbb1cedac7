"""Rules that bound false discoveries: sign rule, e-values, calibration, covariates, power."""
