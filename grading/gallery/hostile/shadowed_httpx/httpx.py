Client = Response = None
