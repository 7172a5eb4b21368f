def test_the_model_is_asked_once():
    """It passes."""
