package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.Rejected;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Omission;
import dev.streambed.schemas.DeadLetter.Part;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.SourceRecord;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.typeutils.PojoTypeInfo;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/** Records between operators, and in checkpoints, are serialised without Kryo. */
class RecordTypesTest {

  private static final SourceRecord SOURCE = Samples.source(7, "key", new byte[] {1, 2});

  @Test
  void survivesFlinksSerialisers() throws IOException {
    assertSurvives(SOURCE, TypeInformation.of(SourceRecord.class));
    assertSurvives(Samples.source(7, null, null), TypeInformation.of(SourceRecord.class));
    assertSurvives(
        new DeadLetter(Stage.EMBED, "BLANK", "message", SOURCE, List.of(new Omission(Part.KEY, 3))),
        TypeInformation.of(DeadLetter.class));
  }

  @Test
  void survivesFlinksSerialisersWithAVector() throws IOException {
    TypeInformation<InputRecord> input = TypeInformation.of(InputRecord.class);
    Embedded<InputRecord> embedded =
        Samples.embedded(
            Samples.input("text", null),
            new Embedding(
                new float[] {0.6f, 0.8f},
                List.of(new float[] {1}, new float[] {0, 1, 0}),
                3,
                true,
                2));
    Rejected<InputRecord> rejected =
        new Rejected<>(Samples.input("text", null), Reason.BLANK, "message");

    // Their records as they were read: the text is decoded again where it is needed.
    assertThat(copy(embedded, Embedded.type(input)))
        .usingRecursiveComparison()
        .ignoringFields("input.text")
        .isEqualTo(embedded);
    assertThat(copy(rejected, Rejected.type(input)))
        .usingRecursiveComparison()
        .ignoringFields("input.text")
        .isEqualTo(rejected);
  }

  @Test
  void survivesFlinksSerialisersOnTheWayToTheSink() throws IOException {
    TypeInformation<OutputRecord> type = TypeInformation.of(OutputRecord.class);
    OutputRecord record = OutputRecord.of(SOURCE, new byte[] {3}, OutputHeaders.DEFAULT);
    OutputRecord tombstone = OutputRecord.of(SOURCE, null, OutputHeaders.DEFAULT);

    assertThat(copy(record, type)).usingRecursiveComparison().isEqualTo(record);
    assertThat(copy(tombstone, type)).usingRecursiveComparison().isEqualTo(tombstone);
  }

  private static <T> void assertSurvives(T record, TypeInformation<T> type) throws IOException {
    assertThat(copy(record, type)).isEqualTo(record);
  }

  private static <T> T copy(T record, TypeInformation<T> type) throws IOException {
    assertThat(type).isInstanceOf(PojoTypeInfo.class);
    var config = new SerializerConfigImpl();
    config.setGenericTypes(false); // any part that needs Kryo throws
    TypeSerializer<T> serializer = type.createSerializer(config);
    var bytes = new DataOutputSerializer(64);
    serializer.serialize(record, bytes);
    return serializer.deserialize(new DataInputDeserializer(bytes.getCopyOfBuffer()));
  }
}
