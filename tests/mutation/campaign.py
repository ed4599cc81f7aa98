raise SystemExit("the lead runs the campaign; report now")
