from attack import with_headers

app = with_headers(*((b"set-cookie", b"c%d=" % number + b"a" * 4_000) for number in range(40)))
