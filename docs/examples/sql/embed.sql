CREATE TEMPORARY MODEL embedder
INPUT (`text` STRING)
OUTPUT (embedding ARRAY<FLOAT>, error STRING)
WITH ('provider' = 'streambed', 'model-directory' = '/models/minilm');

CREATE TEMPORARY VIEW articles (id, body) AS
VALUES (1, 'The price of food rises.'), (2, 'Peace among nations.'), (3, CAST(NULL AS STRING));

SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024';

SELECT id, embedding, error
FROM ML_PREDICT(TABLE articles, MODEL embedder, DESCRIPTOR(body));
