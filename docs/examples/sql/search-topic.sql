CREATE TEMPORARY MODEL questions_model
INPUT (`text` STRING)
OUTPUT (embedding ARRAY<FLOAT>)
WITH ('provider' = 'streambed', 'model-directory' = '/models/minilm');

CREATE TEMPORARY TABLE articles (
  key STRING,
  `text` STRING,
  embedding ARRAY<FLOAT>
) WITH (
  'connector' = 'streambed-index',
  'topic' = 'embeddings',
  'properties.bootstrap.servers' = 'localhost:9092'
);

CREATE TEMPORARY VIEW questions (question) AS
VALUES 'war and peace';

SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024';

CREATE TEMPORARY VIEW asked AS
SELECT question, embedding AS vector
FROM ML_PREDICT(TABLE questions, MODEL questions_model, DESCRIPTOR(question));

SELECT question, key, `text`, score
FROM asked, LATERAL TABLE(VECTOR_SEARCH(TABLE articles, DESCRIPTOR(embedding), asked.vector, 3));
