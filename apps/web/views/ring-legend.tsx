/** What the shapes and signs of the ring mean. */

export function Legend() {
  return (
    <ul class="legend" aria-label="Legend">
      <li>
        <b>★ double ring</b> leader
      </li>
      <li>
        <b>plain ring</b> follower
      </li>
      <li>
        <b>dotted</b> pre-candidate
      </li>
      <li>
        <b>dashed</b> candidate
      </li>
      <li>
        <b>square</b> learner
      </li>
      <li>
        <b>✕</b> not heard
      </li>
      <li>
        <b>⊘</b> removed
      </li>
      <li>
        <b>⚡</b> broken link
      </li>
      <li>
        <b>✂</b> cut on purpose
      </li>
      <li>
        <b>outer arc</b> its timer
      </li>
      <li>
        <b class="dot entries">■</b> entries
      </li>
      <li>
        <b class="dot vote">◆</b> vote request
      </li>
      <li>
        <b>+ −</b> replies
      </li>
    </ul>
  );
}
