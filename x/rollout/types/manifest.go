package types

// EncodeManifest returns the bytes of a manifest. Errors: ErrLimit where they are more than a packet may carry.
func EncodeManifest(spec VersionSpec) ([]byte, error) {
	bz, err := spec.Marshal()
	if err == nil && len(bz) > MaxManifestBytes {
		return nil, ErrLimit.Wrapf("manifest: expected at most %d bytes, got %d", MaxManifestBytes, len(bz))
	}
	return bz, err
}

// DecodeManifest decodes a manifest that is in its one encoding. What it says is checked by the registry.
// Errors: ErrManifest.
func DecodeManifest(bz []byte) (VersionSpec, error) {
	var spec VersionSpec
	if len(bz) > MaxManifestBytes {
		return spec, ErrManifest.Wrapf("expected at most %d bytes, got %d", MaxManifestBytes, len(bz))
	}
	if err := strictUnmarshal(bz, &spec); err != nil {
		return spec, ErrManifest.Wrap(err.Error())
	}
	return spec, nil
}

// Contributors is how many contributed to the ceremony of the version's keys; 0 where one party made them.
func Contributors(spec VersionSpec) uint32 {
	if spec.Setup.Kind != setupCeremony {
		return 0
	}
	return uint32(len(spec.Setup.Contributions)) // bounded by the registry
}

// ArtifactBytes is the sum of the sizes of the artifacts, or the largest number where it would overflow.
func ArtifactBytes(spec VersionSpec) (sum uint64) {
	for _, a := range spec.Artifacts {
		if sum+a.Size_ < sum {
			return ^uint64(0)
		}
		sum += a.Size_
	}
	return sum
}
