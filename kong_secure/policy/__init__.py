"""The policy pack: this folder is what `--policy-pack` takes. What its policies decide lives in `kong_secure.rules`."""
