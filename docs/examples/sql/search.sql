LOAD MODULE streambed;

CREATE TEMPORARY MODEL passages
INPUT (`text` STRING)
OUTPUT (embedding ARRAY<FLOAT>)
WITH ('provider' = 'streambed', 'model-directory' = '/models/minilm');

CREATE TEMPORARY VIEW articles (id, body) AS
VALUES (1, 'The price of food rises.'), (2, 'Peace among nations.');

CREATE TEMPORARY VIEW questions (question) AS
VALUES 'war and peace';

SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024';

CREATE TEMPORARY VIEW embedded_articles AS
SELECT id, body, embedding
FROM ML_PREDICT(TABLE articles, MODEL passages, DESCRIPTOR(body));

CREATE TEMPORARY VIEW embedded_questions AS
SELECT question, embedding AS asked
FROM ML_PREDICT(TABLE questions, MODEL passages, DESCRIPTOR(question));

SELECT question, id, COSINE_SIMILARITY(asked, embedding) AS similarity
FROM embedded_articles CROSS JOIN embedded_questions;
