-- The statements that ./streambed sql begins with. It has its own broker in the place of localhost:9092, and the
-- default model in the place of /models/minilm.
LOAD MODULE streambed;

CREATE MODEL embedder
INPUT (`text` STRING)
OUTPUT (embedding ARRAY<FLOAT>, tokens INT, truncated BOOLEAN, space STRING, model_digest STRING)
WITH ('provider' = 'streambed', 'model-directory' = '/models/minilm', 'session-sharing' = 'task-manager');

-- Paragraphs of State of the Union addresses.
CREATE TEMPORARY TABLE speeches (
  id STRING,
  president STRING,
  delivered INT,
  paragraph STRING
) WITH (
  'connector' = 'kafka',
  'topic' = 'speeches',
  'properties.bootstrap.servers' = 'localhost:9092',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'json'
);

-- Their embeddings, as a job with the profile flat writes them. The topic is empty at first.
CREATE TEMPORARY TABLE embeddings (
  id STRING,
  president STRING,
  delivered INT,
  `text` STRING,
  embedding ARRAY<FLOAT>,
  streambed_space STRING,
  streambed_model STRING,
  streambed_model_digest STRING,
  streambed_tokens INT,
  streambed_truncated BOOLEAN,
  streambed_content_hash STRING,
  streambed_source_topic STRING
) WITH (
  'connector' = 'kafka',
  'topic' = 'embeddings',
  'properties.bootstrap.servers' = 'localhost:9092',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'key.format' = 'raw',
  'key.fields' = 'id',
  'value.format' = 'json',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'streambed-sql-',
  'properties.transaction.timeout.ms' = '900000'
);

-- What goes there: INSERT INTO embeddings SELECT * FROM embedded;
CREATE TEMPORARY VIEW embedded AS
SELECT
  id, president, delivered, paragraph,
  embedding, space, 'all-MiniLM-L6-v2', model_digest, tokens, truncated, SHA256(paragraph), 'speeches'
FROM ML_PREDICT(TABLE speeches, MODEL embedder, DESCRIPTOR(paragraph));

-- The same topic, to be searched.
CREATE TEMPORARY TABLE paragraphs (
  key STRING,
  `text` STRING,
  embedding ARRAY<FLOAT>,
  metadata MAP<STRING, STRING>
) WITH (
  'connector' = 'streambed-index',
  'topic' = 'embeddings',
  'properties.bootstrap.servers' = 'localhost:9092'
);

-- Statements end. For those that follow a topic: SET 'execution.runtime-mode' = 'streaming';
SET 'execution.runtime-mode' = 'batch';
SET 'execution.checkpointing.interval' = '1 s';
SET 'table.dml-sync' = 'true';
SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024';
SET 'sql-client.execution.result-mode' = 'tableau';
SET 'table.display.max-column-width' = '80';
