CREATE TEMPORARY MODEL embedder
INPUT (`text` STRING)
OUTPUT (embedding ARRAY<FLOAT>)
WITH ('provider' = 'streambed', 'model-directory' = '/models/minilm', 'cache-size' = '16 mb');

CREATE TEMPORARY TABLE products (id STRING, description STRING, PRIMARY KEY (id) NOT ENFORCED)
WITH (
  'connector' = 'kafka',
  'topic' = 'shop.public.products',
  'properties.bootstrap.servers' = 'localhost:9092',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'debezium-json'
);

CREATE TEMPORARY TABLE product_embeddings (id STRING, description STRING, embedding ARRAY<FLOAT>, PRIMARY KEY (id) NOT ENFORCED)
WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'product-embeddings',
  'properties.bootstrap.servers' = 'localhost:9092',
  'key.format' = 'raw',
  'value.format' = 'json'
);

SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024';

CREATE TEMPORARY VIEW changes AS
SELECT * FROM TO_CHANGELOG(input => TABLE products);

CREATE TEMPORARY VIEW embedded_changes AS
SELECT * FROM ML_PREDICT(TABLE changes, MODEL embedder, DESCRIPTOR(description));

INSERT INTO product_embeddings
SELECT id, description, embedding FROM FROM_CHANGELOG(input => TABLE embedded_changes);
