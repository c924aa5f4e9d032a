package dev.streambed.jobs;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.jobs.EncodeFunction.ModelUse;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.policy.ModelChangePolicy;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers in Flink's state the space of the vectors that a job has written, and holds a restored
 * job to it. Owned by the operator that writes them, and used by its task thread.
 *
 * <p>The state is a broadcast state of strings: each subtask has all of it after a change of
 * parallelism, and new keys can be added. A union list would do that, too, but Flink makes no
 * checkpoint with one while some subtasks have ended, as those of a bounded source do. Older state
 * has no such memory; the first job to go on from it fills it in.
 */
final class SpaceMemory implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(SpaceMemory.class);

  // Names of the state format: never change one.
  private static final String STATE = "vector-space";
  private static final String SPACE = "space"; // address of that of the first vector
  private static final String OTHER_SPACES = "other-spaces"; // of the others, sorted, with spaces
  private static final String DIRECTORY_DIGEST = "directory-digest";
  private static final String PROMPT = "prompt";

  // The parts of the space in place of its address, in state from before there were addresses.
  private static final String MODEL = "model";
  private static final String SOURCE_DIGEST = "source-digest";
  private static final String POOLING = "pooling";
  private static final String DIMENSIONS = "dimensions";

  private final ModelUse model;
  private final ModelChangePolicy policy;

  SpaceMemory(ModelUse model, ModelChangePolicy policy) {
    this.model = model;
    this.policy = policy;
  }

  /**
   * Compares the model with what is remembered, then remembers the model.
   *
   * @throws ChangedModelException if their vectors do not compare and the policy is to fail
   */
  void restore(FunctionInitializationContext context) throws Exception {
    BroadcastState<String, String> state =
        context
            .getOperatorStateStore()
            .getBroadcastState(new MapStateDescriptor<>(STATE, Types.STRING, Types.STRING));
    Map<String, String> before = new LinkedHashMap<>();
    for (Map.Entry<String, String> entry : state.immutableEntries()) {
      before.put(entry.getKey(), entry.getValue());
    }
    if (!before.isEmpty()) {
      compare(before);
    }
    state.clear();
    state.putAll(now());
  }

  private void compare(Map<String, String> before) {
    VectorSpace space = space(before);
    if (space.equals(model.space())) {
      tellDetails(before);
    } else if (policy == ModelChangePolicy.RE_EMBED) {
      LOG.warn(
          "Going on with vectors of {}; until now this job wrote those of {}. They do not compare. Records in the topic keep their old vectors until their texts come again ({} is {}).",
          model.space(),
          space,
          JobOptions.MODEL_ON_CHANGE.key(),
          policy);
    } else {
      throw new ChangedModelException(
          "The job's checkpoint goes with vectors of %s; its model now gives those of %s. They do not compare, so they do not belong into one topic. Nothing more was written. Either put the old model back; or give the new one a pipeline file, a sink topic and a %s of its own, which embeds all again; or set %s: %s, which goes on from here with the new model and leaves the vectors that are there as they are."
              .formatted(
                  space,
                  model.space(),
                  JobOptions.SOURCE_GROUP_ID.key(),
                  JobOptions.MODEL_ON_CHANGE.key(),
                  ModelChangePolicy.RE_EMBED));
    }
  }

  private static VectorSpace space(Map<String, String> state) {
    String address = state.get(SPACE);
    if (address != null) {
      return VectorSpace.parse(address);
    }
    return new VectorSpace(
        state.getOrDefault(MODEL, ""),
        state.getOrDefault(SOURCE_DIGEST, "").substring(0, VectorSpace.WEIGHTS_DIGITS),
        state.getOrDefault(POOLING, ""),
        Integer.parseInt(state.getOrDefault(DIMENSIONS, "0")));
  }

  /** Warns of changes that keep the space, and still show in the vectors. */
  private void tellDetails(Map<String, String> before) {
    if (!model.digest().equals(before.get(DIRECTORY_DIGEST))) {
      LOG.warn(
          "The model directory is another one of the same weights: its digest was {}, now it is {}. Vectors compare, but the same text may get another one, for example of another precision.",
          before.get(DIRECTORY_DIGEST),
          model.digest());
    }
    String others = before.getOrDefault(OTHER_SPACES, "");
    if (!otherSpaces().equals(others)) {
      LOG.warn(
          "Beside its first vector, an embedding had vectors of [{}] until now, and has those of [{}] from here on. Records in the topic keep what they have until their texts come again.",
          others,
          otherSpaces());
    }
    if (!model.defaultPrompt().equals(before.get(PROMPT))) {
      LOG.warn(
          "Texts that name no prompt got '{}' until now, and get '{}' from here on.",
          before.get(PROMPT),
          model.defaultPrompt());
    }
  }

  private String otherSpaces() {
    return model.spaces().stream()
        .skip(1)
        .map(VectorSpace::toString)
        .sorted()
        .collect(Collectors.joining(" "));
  }

  private Map<String, String> now() {
    return Map.of(
        SPACE,
        model.space().toString(),
        OTHER_SPACES,
        otherSpaces(),
        DIRECTORY_DIGEST,
        model.digest(),
        PROMPT,
        model.defaultPrompt());
  }
}
