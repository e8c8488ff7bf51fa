/** The marker of the version of the host functions that a contract is written for. It is exported and never called. */
export function abi_version_1(): void {}
