CREATE TEMPORARY MODEL minilm
INPUT (`text` STRING)
OUTPUT (embedding ARRAY<FLOAT>)
WITH ('provider' = 'streambed', 'model-directory' = '/models/minilm');

CREATE TEMPORARY MODEL e5
INPUT (`text` STRING)
OUTPUT (embedding ARRAY<FLOAT>)
WITH ('provider' = 'streambed', 'model-directory' = '/models/e5', 'prompt' = 'query');

CREATE TEMPORARY VIEW articles (id, body) AS
VALUES (1, 'The price of food rises.'), (2, 'Peace among nations.');

SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024';

CREATE TEMPORARY VIEW by_minilm AS
SELECT id, body, embedding AS minilm_vector
FROM ML_PREDICT(TABLE articles, MODEL minilm, DESCRIPTOR(body));

SELECT id, minilm_vector, embedding AS e5_vector
FROM ML_PREDICT(TABLE by_minilm, MODEL e5, DESCRIPTOR(body));
