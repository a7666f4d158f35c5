"""From rows to splits: settings, sampling, generating examples and counting what was skipped."""
