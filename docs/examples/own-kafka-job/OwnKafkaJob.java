package com.example;

import dev.streambed.jobs.EmbedTopicSteps;
import dev.streambed.jobs.options.PipelineFile;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.SourceRecord;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Embeds a topic as a pipeline file says, but drafts become dead letters. */
public class OwnKafkaJob {
  static final OutputTag<DeadLetter> DRAFTS =
      new OutputTag<>("drafts", TypeInformation.of(DeadLetter.class));

  public static void main(String[] args) throws Exception {
    var environment = StreamExecutionEnvironment.getExecutionEnvironment();
    var steps = EmbedTopicSteps.of(environment, PipelineFile.read(Path.of(args[0])));
    var published = steps.read().process(new HoldBackDrafts()).uid("hold-back-drafts");
    steps.giveUp(published.getSideOutput(DRAFTS));
    steps.write(steps.encode(steps.embed(steps.decode(published))));
    environment.execute("own Kafka job");
  }

  static class HoldBackDrafts extends ProcessFunction<SourceRecord, SourceRecord> {
    @Override
    public void processElement(SourceRecord record, Context context, Collector<SourceRecord> out) {
      if (record.headers().stream().anyMatch(header -> header.key().equals("draft"))) {
        context.output(
            DRAFTS,
            new DeadLetter(Stage.DECODE, "DRAFT", "Publish the article.", record, List.of()));
      } else {
        out.collect(record);
      }
    }
  }
}
