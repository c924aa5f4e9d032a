LOAD MODULE streambed;

CREATE TEMPORARY MODEL embedder
INPUT (`text` STRING)
OUTPUT (embedding ARRAY<FLOAT>, tokens INT)
WITH ('provider' = 'streambed', 'model-directory' = '/models/minilm');

CREATE TEMPORARY VIEW documents (id, body) AS
VALUES (1, 'The price of food rises. Peace among nations. The world is full of people. The people of the world want peace.');

SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024';

CREATE TEMPORARY VIEW chunks AS
SELECT id, chunk_index, chunk
FROM documents, LATERAL TABLE(CHUNK_TEXT(body, '/models/minilm'));

SELECT id, chunk_index, chunk, embedding
FROM ML_PREDICT(TABLE chunks, MODEL embedder, DESCRIPTOR(chunk));
