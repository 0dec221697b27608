"""What Rasa runs of ours: the importer of the cards, the pipeline's components, the channel to the gateway."""
