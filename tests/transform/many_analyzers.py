"""A preprocessing_fn with every kind of analyzer that TFT has."""

from __future__ import annotations

import tensorflow as tf
import tensorflow_transform as tft


@tf.function
def _halved(values):
    return values / 2.0


def _first_letter(token):
    return token[:1]


def preprocessing_fn(inputs):
    number = inputs["number"]
    sparse = inputs["sometimes"]
    city = inputs["city"]
    words = inputs["words"]
    count = inputs["count"]
    label, weight = inputs["label"], inputs["weight"]
    ones = tf.ones_like(number)
    outputs = {
        "zscore": tft.scale_to_z_score(number),
        "range": tft.scale_by_min_max(tf.cast(count, tf.float32), -1.0, 1.0),
        "sparse_zscore": tft.scale_to_z_score(sparse),
        "keyed_zscore": tft.scale_to_z_score_per_key(number, key=city),
        "halved": tft.scale_to_0_1(_halved(number)),
        "mean": ones * tft.mean(number),
        "var": ones * tft.var(number),
        "sum": ones * tf.cast(tft.sum(count), tf.float32),
        "size": ones * tf.cast(tft.size(sparse), tf.float32),
        "most": tf.ones_like(count) * tft.max(count),
        "bucket": tft.bucketize(number, 4),
        "keyed_bucket": tft.bucketize_per_key(number, key=city, num_buckets=3),
        "of_bucket": tft.scale_to_z_score(tf.cast(tft.bucketize(count, 3), tf.float32)),
        "city": tft.compute_and_apply_vocabulary(
            city, num_oov_buckets=2, frequency_threshold=5, vocab_filename="city"
        ),
        "top_words": tft.compute_and_apply_vocabulary(
            words, top_k=3, default_value=-1, vocab_filename="top_words"
        ),
        "numbers": tft.compute_and_apply_vocabulary(
            count, top_k=5, vocab_filename="numbers"
        ),
        "zipped": tft.compute_and_apply_vocabulary(
            city,
            fingerprint_shuffle=True,
            file_format="tfrecord_gzip",
            vocab_filename="zipped",
        ),
        "words": words,
        "vector": inputs["vector"],
    }
    tft.vocabulary(
        city,
        weights=weight,
        store_frequency=True,
        vocab_filename="weighted",
    )
    tft.vocabulary(
        city,
        labels=label,
        use_adjusted_mutual_info=True,
        min_diff_from_avg=0.0,
        vocab_filename="informative",
    )
    tft.vocabulary(
        city,
        top_k=1,
        coverage_top_k=1,
        key_fn=_first_letter,
        vocab_filename="covering",
    )
    # Of what another analyzer found: two phases.
    outputs["second_phase"] = tft.scale_to_0_1(outputs["zscore"] ** 2)
    outputs["covariance"] = tf.tile(
        tf.reshape(tft.covariance(inputs["vector"], tf.float32), [1, 9]),
        [tf.shape(number)[0], 1],
    )
    outputs["components"] = tf.matmul(
        inputs["vector"], tft.pca(inputs["vector"], 2, tf.float32)
    )
    return outputs
