// Keeps what the release before promised: types annotated as PublicEvolving or as an API that is not INTERNAL, and the types inside them.
def outer = { name -> name.tokenize('$')[0] }
def promises = { annotation ->
  if (!annotation.oldAnnotation.isPresent()) {
    return false
  }
  switch (annotation.fullyQualifiedName) {
    case 'org.apache.flink.annotation.PublicEvolving': return true
    case 'org.apiguardian.api.API': return annotation.oldAnnotation.get().getMemberValue('status').value != 'INTERNAL'
    default: return false
  }
}
def promised = jApiClasses.findAll { type -> type.annotations.any(promises) }.collect { type -> type.fullyQualifiedName } as Set
// In place: what breaks the build is read from the list that was given, not from the one returned.
jApiClasses.removeIf { type -> !promised.contains(outer(type.fullyQualifiedName)) }
return jApiClasses
