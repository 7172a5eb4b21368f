raise RuntimeError(
    "\x1b[2J\x1b]0;owned\x07[bold green]passed[/]\r\n"
    '{"test": {"id": "a", "step": 3, "status": "passed", "score": 20}}\n90 of 90 marks\u202e\ud800</script>'
)
