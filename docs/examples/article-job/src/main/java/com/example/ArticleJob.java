package com.example;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.MissingText;
import dev.streambed.operator.stream.Rejected;
import dev.streambed.operator.stream.StreamEmbedder;
import dev.streambed.operator.stream.StreamEmbedderBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.util.OutputTag;

/** Embeds bodies and titles of articles with two models, and takes the mean of each topic's hour. */
public class ArticleJob {
  static final OutputTag<Rejected<Article>> FAILED = new OutputTag<>("failed") {};

  /** The streams that leave the job. */
  record Outputs(
      SingleOutputStreamOperator<Embedded<Article>> bodies,
      SingleOutputStreamOperator<Embedded<Article>> titles,
      SingleOutputStreamOperator<Centroid> centroids) {}

  public static void main(String[] args) throws Exception {
    var environment = StreamExecutionEnvironment.getExecutionEnvironment();
    var articles =
        environment.fromData(
            new Article("1", "weather", "Rain", "It rains in the north.", 0),
            new Article("2", "weather", "Sun", "The south is sunny.", 1000));
    String titleModel = args[1];
    Outputs outputs =
        build(
            articles,
            StreamEmbedder.<Article>builder().setModelDirectory(args[0]),
            StreamEmbedder.<Article>builder().setEmbedders(gpu -> open(titleModel)));
    outputs.bodies().getSideOutput(FAILED).map(failed -> failed.reason().name()).print();
    outputs.titles().map(title -> title.input().id() + " " + title.model()).print();
    outputs.centroids().map(mean -> mean.topic() + " " + Arrays.toString(mean.vector())).print();
    environment.execute("articles");
  }

  /** Opens an embedder in each task, in a way of one's own. */
  private static TextEmbedder open(String directory) {
    return OnnxTextEmbedder.open(ModelDirectory.open(Path.of(directory)), EmbedderOptions.DEFAULT);
  }

  /** Adds the job to the program that reads the articles. */
  static Outputs build(
      DataStream<Article> articles,
      StreamEmbedderBuilder<Article> bodyModel,
      StreamEmbedderBuilder<Article> titleModel) {
    DataStream<Article> timed =
        articles.assignTimestampsAndWatermarks(
            WatermarkStrategy.<Article>forMonotonousTimestamps()
                .withTimestampAssigner((article, previous) -> article.publishedMillis()));
    var bodies =
        bodyModel
            .setText(Article::body)
            .setMaxInFlight(512, MemorySize.ofMebiBytes(64))
            .setFailures(FAILED)
            .build()
            .embed(timed)
            .uid("embed-bodies");
    var titles =
        titleModel
            .setText(Article::title)
            .setMissingText(MissingText.SKIP)
            .build()
            .embed(timed)
            .uid("embed-titles")
            .name("embed titles");
    var centroids =
        bodies
            .keyBy(body -> body.input().topic())
            .window(TumblingEventTimeWindows.of(Duration.ofHours(1)))
            .aggregate(new MeanVector())
            .uid("centroids");
    return new Outputs(bodies, titles, centroids);
  }
}
