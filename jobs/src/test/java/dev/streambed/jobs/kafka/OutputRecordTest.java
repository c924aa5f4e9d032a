package dev.streambed.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.schemas.RecordHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.AbstractRecords;
import org.apache.kafka.common.record.RecordBatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OutputRecordTest {

  @Test
  void neverTakesMoreOfKafkasLimitThanItSays() {
    for (int seed = 0; seed < 2_000; seed++) {
      OutputRecord record = random(new Random(seed));
      ProducerRecord<byte[], byte[]> written = new RecordWriter("t").serialize(record, null, null);

      // The size that KafkaProducer compares with max.request.size.
      int kafkas =
          AbstractRecords.estimateSizeInBytesUpperBound(
              RecordBatch.CURRENT_MAGIC_VALUE,
              Compression.NONE.type(),
              written.key(),
              written.value(),
              written.headers().toArray());

      assertThat(record.maxBytesOnWire())
          .as("seed %d", seed)
          .isBetween((long) kafkas, kafkas + 100L + 10L * record.headers().size());
    }
  }

  @Test
  void showsNoContentInToString() {
    var record = new OutputRecord(null, new byte[10], List.of(), 0, null);

    // 61 + 36 of Kafka's record format, 10 of the value
    assertThat(record).hasToString("OutputRecord[at most 107 bytes]");
  }

  private static OutputRecord random(Random random) {
    List<RecordHeader> headers = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      headers.add(new RecordHeader("ключ".repeat(random.nextInt(30)), bytes(random, 200)));
    }
    return new OutputRecord(
        bytes(random, 1_000), bytes(random, 100_000), headers, random.nextLong(), null);
  }

  private static byte @Nullable [] bytes(Random random, int limit) {
    return random.nextInt(5) == 0 ? null : new byte[random.nextInt(limit)];
  }
}
