"""From a pipeline's nodes to a compiled spec, for open-source KFP v2 or Vertex AI."""
