from chat_api.routes import router
from fastapi import FastAPI

app = FastAPI(title="Chat API", version="0.1.0")
app.include_router(router)
