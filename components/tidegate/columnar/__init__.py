"""Files to Arrow and tf.Example, column by column. Knows nothing of TFX."""
