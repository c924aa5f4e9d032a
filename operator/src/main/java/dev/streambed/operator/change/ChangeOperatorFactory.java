package dev.streambed.operator.change;

import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.EmbeddingSettings;
import dev.streambed.operator.stream.InFlightBytes;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the {@link ChangeOperator} of a task slot, with the limits that suit it; travels with the
 * job graph.
 *
 * @param <T> type of the records
 */
final class ChangeOperatorFactory<T> extends AbstractStreamOperatorFactory<Embedded<T>>
    implements OneInputStreamOperatorFactory<T, Embedded<T>> {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(ChangeOperatorFactory.class);

  private final ChangeSettings<T> settings;

  ChangeOperatorFactory(ChangeSettings<T> settings) {
    this.settings = settings;
    this.chainingStrategy = ChainingStrategy.ALWAYS;
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as Flink declares it
  public <O extends StreamOperator<Embedded<T>>> O createStreamOperator(
      StreamOperatorParameters<Embedded<T>> parameters) {
    EmbeddingSettings<T> embedding = settings.embedding();
    int maxRecords = embedding.limits().records(embedding.batching());
    long maxBytes =
        embedding
            .limits()
            .bytes(embedding.batching(), parameters.getContainingTask().getEnvironment());
    LOG.info(
        "{} holds at most {} bytes of records in flight, and at most {} records.",
        parameters.getContainingTask().getName(),
        maxBytes,
        maxRecords);
    return (O) new ChangeOperator<>(parameters, settings, maxRecords, new InFlightBytes(maxBytes));
  }

  @Override
  @SuppressWarnings("rawtypes") // as Flink declares it
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return ChangeOperator.class;
  }
}
