CREATE TEMPORARY MODEL embedder
INPUT (`text` STRING)
OUTPUT (embedding ARRAY<FLOAT>)
WITH ('provider' = 'streambed', 'model-directory' = '/models/minilm');

CREATE TEMPORARY TABLE archive (id INT, body STRING)
WITH ('connector' = 'filesystem', 'path' = '/data/archive', 'format' = 'json');

CREATE TEMPORARY TABLE archive_embeddings (id INT, embedding ARRAY<FLOAT>)
WITH ('connector' = 'filesystem', 'path' = '/data/archive-embeddings', 'format' = 'json');

SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024';

COMPILE PLAN '/data/embed-archive.json' FOR
INSERT INTO archive_embeddings
SELECT id, embedding
FROM ML_PREDICT(TABLE archive, MODEL embedder, DESCRIPTOR(body));

EXECUTE PLAN '/data/embed-archive.json';
