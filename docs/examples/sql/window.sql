LOAD MODULE streambed;

CREATE TEMPORARY MODEL embedder
INPUT (`text` STRING)
OUTPUT (embedding ARRAY<FLOAT>)
WITH ('provider' = 'streambed', 'model-directory' = '/models/minilm');

CREATE TEMPORARY TABLE searches (
  id INT,
  query AS CASE id WHEN 0 THEN 'war' ELSE 'peace' END,
  at_time AS TO_TIMESTAMP_LTZ(id * 1000, 3),
  WATERMARK FOR at_time AS at_time
) WITH (
  'connector' = 'datagen',
  'number-of-rows' = '20',
  'fields.id.kind' = 'sequence',
  'fields.id.start' = '0',
  'fields.id.end' = '19'
);

SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024';

CREATE TEMPORARY VIEW embedded_searches AS
SELECT at_time, embedding
FROM ML_PREDICT(TABLE searches, MODEL embedder, DESCRIPTOR(query));

SELECT window_start, COUNT(*) AS searches, VECTOR_AVG(embedding) AS mean_vector
FROM TUMBLE(TABLE embedded_searches, DESCRIPTOR(at_time), INTERVAL '10' SECOND)
GROUP BY window_start, window_end;
