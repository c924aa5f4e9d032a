CREATE TEMPORARY MODEL embedder
INPUT (`text` STRING)
OUTPUT (embedding ARRAY<FLOAT>, error STRING)
WITH ('provider' = 'streambed', 'model-directory' = '/models/minilm');

CREATE TEMPORARY TABLE articles (id STRING, body STRING)
WITH (
  'connector' = 'kafka',
  'topic' = 'articles',
  'properties.bootstrap.servers' = 'localhost:9092',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TEMPORARY TABLE article_embeddings (id STRING, embedding ARRAY<FLOAT>, error STRING)
WITH (
  'connector' = 'kafka',
  'topic' = 'article-embeddings',
  'properties.bootstrap.servers' = 'localhost:9092',
  'properties.transaction.timeout.ms' = '900000',
  'key.format' = 'raw',
  'key.fields' = 'id',
  'value.format' = 'json',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'article-embeddings-'
);

SET 'execution.checkpointing.interval' = '1 s';
SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024';

INSERT INTO article_embeddings
SELECT id, embedding, error
FROM ML_PREDICT(TABLE articles, MODEL embedder, DESCRIPTOR(body));
