CREATE TEMPORARY TABLE avro_embeddings (embedding ARRAY<FLOAT>)
WITH ('topic' = 'embeddings', 'format' = 'avro-confluent', 'avro-confluent.url' = 'http://localhost:8081')
LIKE speeches (OVERWRITING OPTIONS);

INSERT INTO avro_embeddings
SELECT id, president, delivered, paragraph, embedding
FROM ML_PREDICT(TABLE speeches, MODEL embedder, DESCRIPTOR(paragraph));

SELECT CARDINALITY(embedding) AS dimensions, COUNT(*) AS records
FROM avro_embeddings
GROUP BY CARDINALITY(embedding);
