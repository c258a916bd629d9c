global using CsCheck;
global using Microsoft.Extensions.Time.Testing;
global using Net.Mesh.Channels;
global using Net.Mesh.Identities;
global using Net.Mesh.Subnets;
global using Net.Mesh.Capabilities;
