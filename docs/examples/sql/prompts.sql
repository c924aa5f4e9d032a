CREATE TEMPORARY MODEL embedder
INPUT (`text` STRING, prompt STRING)
OUTPUT (embedding BYTES, embedding_4 ARRAY<FLOAT>, tokens INT, truncated BOOLEAN, space STRING, model_digest STRING, error STRING)
WITH (
  'provider' = 'streambed',
  'model-directory' = '/models/minilm',
  'session-sharing' = 'task-manager',
  'max-records' = '64',
  'cache-size' = '16 mb'
);

CREATE TEMPORARY VIEW texts (body, its_use) AS
VALUES ('war and peace', 'query'), ('Peace among nations.', 'passage'), (' ', CAST(NULL AS STRING));

SELECT *
FROM ML_PREDICT(
  TABLE texts,
  MODEL embedder,
  DESCRIPTOR(body, its_use),
  MAP['encoding', 'int8', 'max-concurrent-operations', '256']);
