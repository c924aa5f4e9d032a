package com.example;

import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.StreamEmbedder;
import dev.streambed.operator.stream.StreamEmbedderBuilder;
import java.util.Arrays;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

public class FirstJob {
  public static void main(String[] args) throws Exception {
    var environment = StreamExecutionEnvironment.getExecutionEnvironment();
    var texts = environment.fromData("Good morning!", "Good night!");
    embed(texts, StreamEmbedder.<String>builder().setModelDirectory(args[0]))
        .map(embedded -> embedded.input() + " " + Arrays.toString(embedded.vector()))
        .print();
    environment.execute("first job");
  }

  static DataStream<Embedded<String>> embed(
      DataStream<String> texts, StreamEmbedderBuilder<String> builder) {
    return builder.setText(text -> text).build().embed(texts);
  }
}
