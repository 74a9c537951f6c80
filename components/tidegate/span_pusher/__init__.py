"""SpanPusher: lets an accepted span into the history."""
