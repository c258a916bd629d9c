using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex;

/// <summary>Writes a value: the half of a codec that <see cref="Postcard.Create"/> takes.</summary>
public delegate void PostcardWrite<in T>(ref PostcardWriter writer, T value);

/// <summary>Reads a value, or is false: the other half.</summary>
public delegate bool PostcardRead<T>(ref PostcardReader reader, [MaybeNullWhen(false)] out T value);
