"""What Rasa's action server offers: forms, one verb to a module, with no effect but their reply."""
