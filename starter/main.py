"""POST /generate: call a language model through LiteLLM and return its text.

Run it from this folder:   uvicorn main:app --reload
Choose the model with the environment variable LLM_MODEL, for example openai/gpt-5-nano.
"""

# TODO 1: Import FastAPI and create the app, in a variable named `app`.
#   Nothing else may happen here or when the app starts: call no model, and need no key.


# TODO 2: Describe the request's JSON and the response's JSON, each with a subclass of pydantic's BaseModel:
#   UserInput with `message: str`, and Answer with `response: str`.
# TODO 7: Inside UserInput: reject a message that is blank or has more than 4,000 characters (422).
#   All others are valid: a single character, several lines, leading whitespace.


# TODO 3: Read the model's name from the environment variable LLM_MODEL, and use the whole name unchanged.
#   Write a function that sends the message to that model: litellm.acompletion(model=..., messages=[...]).
#   LiteLLM finds the provider's key and address: don't write them here.
# TODO 8: Give the call a timeout of at most 60 seconds. And don't block: `await` it, or use plain `def`.
#   Keep each request's data in local variables: your program handles several requests at once.


# TODO 6: Turn each failure of the provider into a response {"detail": "<your own sentence>"}:
#   504 for no answer in time, 429 for too many requests, 413 for a prompt that is too long, 502 for anything else.
#   Never pass on the provider's own message: it may contain a key or a host name.
#   Your own bug stays a 500: catch what LiteLLM raises, not Exception.


# TODO 2: Write the route: a function below @app.post("/generate") that takes `user_input: UserInput`
#   and returns an Answer. You fill it in the next steps.
# TODO 3: Call that function here, once, with user_input.message. Remember `await`.
# TODO 6: An answer without choices, or with null or empty text, is a failure, too: return 502.
# TODO 4: Return an Answer whose response is the model's text, unchanged: don't strip, tidy or add anything.


# TODO 10: Bonus. Log one line for each request to /generate through `logging`: its status code and how long it took.
#   Never log the message, the answer or a key, not even parts of them.
#   GET /health returns {"status": "ok"} without calling the model.
#   POST /generate/stream takes the same body and sends the text as server-sent events:
#   data: {"delta": "..."} for each piece, then data: [DONE]; no [DONE] if the model's stream breaks off.
