"""The scripted provider, which plays the language model, and a quiet LiteLLM."""
