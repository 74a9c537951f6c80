"""One pipeline on Kubeflow: compiled for open-source KFP v2 or for Vertex AI."""
