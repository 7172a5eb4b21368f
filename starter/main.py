"""POST /generate: ask a language model through LiteLLM and answer with what it says.

Run it from this folder:   uvicorn main:app --reload
Choose the model by the environment variable LLM_MODEL, for example openai/gpt-5-nano.
"""

# TODO 1: Import FastAPI and create the app: a variable with the name `app`.
#   Nothing else may happen here, or when the app starts: no call to a model, no key needed.


# TODO 2: Describe what comes in and what goes out, each as a class made from pydantic's BaseModel:
#   UserInput with `message: str`, Answer with `response: str`.
# TODO 7: Inside UserInput: refuse a blank message, and one of more than 4,000 characters (422).
#   All others are good: one character, several lines, white space in front.


# TODO 3: Read the model's name from the environment variable LLM_MODEL, and use all of it as it is.
#   Write a function that sends the message to it: litellm.acompletion(model=..., messages=[...]).
#   LiteLLM finds the provider's key and address by itself: neither stands here.
# TODO 8: Give the call a time-out of at most 60 seconds. And do not block: `await` it, or use plain `def`.
#   What one request needs belongs in variables of its own: others are on their way at the same time.


# TODO 6: Turn a failing provider into an answer {"detail": "<your own sentence>"}:
#   no answer in time is 504, throttled is 429, prompt too long for the model is 413, all else is 502.
#   Never pass on the provider's own message: it may hold a key or a host name.
#   A bug of your own stays a 500: catch what LiteLLM raises, and not Exception.


# TODO 2: Write the route: a function below @app.post("/generate") that takes `user_input: UserInput`.
#   Its result has the type Answer. The next steps fill it.
# TODO 3: Call that function here, once, with user_input.message. Remember `await`.
# TODO 6: An answer without choices, or with null or empty text, is a failure, too: 502.
# TODO 4: Return an Answer whose response is the model's text, unchanged: strip, tidy and add nothing.


# TODO 10: Bonus. Log one line for each request to /generate through `logging`: its outcome and its time.
#   Never log the message, the answer or a key, nor a part of them.
#   GET /health answers {"status": "ok"} without asking the model.
#   POST /generate/stream takes the same body and sends the text as server-sent events:
#   data: {"delta": "..."} for each piece, then data: [DONE]; no [DONE] if the model's stream breaks off.
