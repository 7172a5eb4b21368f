from pydantic import Field
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read from the environment: LLM_MODEL, LLM_TIMEOUT."""

    llm_model: str = "openai/gpt-5-nano"
    llm_timeout: float = Field(default=25.0, gt=0, le=60)
